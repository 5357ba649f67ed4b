// Which addresses are spoken to: https everywhere, and http on this machine alone, where a mirror may run. No address
// leads from one to the other in the unsafe direction, and none holds a password, which a redirect would pass on.

/** Why an address is not spoken to. */
export class AddressError extends Error {}

/** Parses an address that a person has given; throws an `AddressError` for one that is not spoken to. */
export function parseAddress(text: string): URL {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw new AddressError(
      `Cannot fetch ${text}: it is no address, expected https://...`,
    );
  }
  requireSafe(url);
  if (url.username || url.password) {
    throw new AddressError(
      `Cannot fetch ${url.host}${url.pathname}: the address holds a name or a password, expected none`,
    );
  }
  url.hash = "";
  return url;
}

/** The address that an answer leads on to; throws an `AddressError` where it must not be followed. */
export function followRedirect(from: URL, location: string): URL {
  let url: URL;
  try {
    url = new URL(location, from);
  } catch {
    throw new AddressError(
      `Cannot fetch ${from.href}: it leads to ${location}, expected an address`,
    );
  }
  if (from.protocol === "https:" && url.protocol !== "https:") {
    throw new AddressError(
      `Cannot fetch ${from.href}: it leads to ${url.protocol}//${url.host} without encryption, expected https`,
    );
  }
  if (isThisMachine(url) && !isThisMachine(from)) {
    throw new AddressError(
      `Cannot fetch ${from.href}: it leads back to ${url.host} on this machine, expected a public address`,
    );
  }
  requireSafe(url);
  url.username = "";
  url.password = "";
  return url;
}

function requireSafe(url: URL): void {
  if (url.protocol === "https:") return;
  if (url.protocol === "http:" && isThisMachine(url)) return;
  throw new AddressError(
    `Cannot fetch ${url.href}: it begins with ${url.protocol}, expected https: (http: is for this machine alone)`,
  );
}

/** Whether a host is this machine by its name or number. */
export function isThisMachine({ hostname }: URL): boolean {
  return (
    hostname === "localhost" ||
    hostname.endsWith(".localhost") ||
    hostname === "[::1]" ||
    /^127(\.\d{1,3}){3}$/.test(hostname)
  );
}
