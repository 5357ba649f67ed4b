// What kind of thing went wrong, in a code that crosses from thread to thread and from process to process. Whoever
// speaks to a person chooses the words by the code and never by what an English message says.

/** Why something cannot be written. */
export type WriteFaultCode =
  | "disk-full"
  | "no-more-files"
  | "quota"
  | "file-too-large"
  | "read-only"
  | "no-access"
  | "not-a-folder"
  | "name-too-long"
  | "link-circle"
  | "too-many-open"
  | "in-use"
  | "broken-disk";

/** Kinds of faults that something is done about, or that a person is told apart. */
export type FaultCode =
  WriteFaultCode | ModelFaultCode | "missing-file" | "unknown";

/** Why a model is not taken, where nothing is wrong with its file. */
export type ModelFaultCode = (typeof MODEL_FAULTS)[number];
const MODEL_FAULTS = ["unread-family", "no-whole-model", "too-large"] as const;

/** The system's names for them: errno(3). */
const BY_ERRNO: Record<string, FaultCode> = {
  ENOSPC: "disk-full",
  EDQUOT: "quota",
  EFBIG: "file-too-large",
  EROFS: "read-only",
  EACCES: "no-access",
  EPERM: "no-access",
  ENOTDIR: "not-a-folder",
  EEXIST: "not-a-folder",
  EISDIR: "not-a-folder",
  ENAMETOOLONG: "name-too-long",
  ELOOP: "link-circle",
  EMFILE: "too-many-open",
  ENFILE: "too-many-open",
  EBUSY: "in-use",
  ETXTBSY: "in-use",
  EIO: "broken-disk",
  ENODEV: "broken-disk",
  ENXIO: "broken-disk",
  EREMOTEIO: "broken-disk",
  ESTALE: "broken-disk",
  ENOENT: "missing-file",
};
/** Causes are looked at so deep. */
const MAX_CAUSES = 8;

/** A fault with what is known of it; `path` is the file or folder that it is about. */
export interface Fault {
  code: FaultCode;
  path?: string;
  /** What was to be written has so many bytes, and its disk had so many free. */
  neededBytes?: number;
  freeBytes?: number;
  /** Where what could not be written is instead. */
  keptIn?: string;
  /** Known of a write alone: what was being done. */
  action?: string;
}

/** A fault that says what could not be written. */
export type WriteFault = Fault & {
  code: WriteFaultCode;
  path: string;
  action: string;
};

/** An error that carries its fault, as one that came from another thread or process does. */
export class FaultError extends Error {
  constructor(
    message: string,
    readonly fault: Fault,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** Whether a code says why something cannot be written. */
export function isWriteFaultCode(code: FaultCode): code is WriteFaultCode {
  const others: FaultCode[] = ["missing-file", "unknown", ...MODEL_FAULTS];
  return !others.includes(code);
}

/** The fault of an error, or of the first of its causes that has one. */
export function faultOf(error: unknown): Fault {
  let each: unknown = error;
  for (let depth = 0; depth < MAX_CAUSES && each instanceof Error; depth++) {
    if (each instanceof FaultError) return each.fault;
    const { code, path } = each as { code?: string; path?: string };
    const known = BY_ERRNO[code ?? ""];
    if (known) return { code: known, ...(path === undefined ? {} : { path }) };
    each = each.cause;
  }
  return { code: "unknown" };
}
