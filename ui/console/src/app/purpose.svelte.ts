/** Why events are read, as long as the page is open and somebody is signed in: it stands in no address, so that nobody reads with somebody else's. */
class Purpose {
  text = $state('');

  /** True when the server would take it. */
  get given(): boolean {
    const length = [...this.text.trim()].length;
    return length >= 3 && length <= 300;
  }
}

export const purpose = new Purpose();
