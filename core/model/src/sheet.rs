use crate::DataType;

/// One column of a company's own databases, as a classification sheet lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SheetColumn {
    /// What a value of the column is.
    pub data_type: DataType,
    /// The table it is in; `None`: any.
    pub table: Option<String>,
    /// Its name.
    pub column: String,
    /// False for columns that are listed and may go anywhere: they help to know the table.
    pub is_looked_for: bool,
    /// The sheet and the line it stands in: `classification.csv:4`.
    pub place: String,
    /// Why it has its level.
    pub reason: Option<String>,
}
