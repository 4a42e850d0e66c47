declare module 'virtual:providers' {
  /** Companies that the catalogue of this version knows, by name. */
  const providers: readonly { id: string; name: string }[];
  export default providers;
}

declare module 'virtual:services' {
  /** Services that the catalogue of this version knows, by name. */
  const services: readonly { id: string; name: string; provider: string }[];
  export default services;
}
