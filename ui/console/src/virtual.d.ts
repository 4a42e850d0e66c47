declare module 'virtual:providers' {
  /** Companies that the catalogue of this version knows, by name. */
  const providers: readonly { id: string; name: string }[];
  export default providers;
}
