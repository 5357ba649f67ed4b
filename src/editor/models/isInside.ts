// Whether a file or a folder lies in one of some folders, by its name or by where its links lead.

import { realpathSync } from "node:fs";
import path from "node:path";

/** True as well for a folder itself; what is not there is judged by its name. */
export function isInside(place: string, folders: readonly string[]): boolean {
  const places = [path.resolve(place), realPathOf(place)];
  return folders
    .flatMap((folder) => [path.resolve(folder), realPathOf(folder)])
    .some((folder) =>
      places.some(
        (each) =>
          each === folder ||
          each.startsWith(
            folder.endsWith(path.sep) ? folder : folder + path.sep,
          ),
      ),
    );
}

function realPathOf(place: string): string {
  try {
    return realpathSync(place);
  } catch {
    return path.resolve(place);
  }
}
