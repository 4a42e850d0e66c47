/// A value that must never be logged or stored: it has no `Debug`, no `Display` and no serde, and the compiler refuses
/// every attempt. [`Sensitive::expose`] is the only way in, and easy to find in a review.
///
/// ```compile_fail
/// let secret = weir_model::Sensitive::new(String::from("hunter2"));
/// println!("{secret:?}");
/// ```
/// ```compile_fail
/// let secret = weir_model::Sensitive::new(String::from("hunter2"));
/// println!("{secret}");
/// ```
#[derive(Clone, PartialEq, Eq, Hash, Default)]
pub struct Sensitive<T>(T);

impl<T> Sensitive<T> {
    /// Marks a value.
    pub const fn new(value: T) -> Self {
        Self(value)
    }

    /// Looks at the value.
    pub const fn expose(&self) -> &T {
        &self.0
    }

    /// Takes the value out.
    pub fn into_exposed(self) -> T {
        self.0
    }
}
