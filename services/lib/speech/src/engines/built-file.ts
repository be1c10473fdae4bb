/** A file that was written: its path, its size in bytes and its SHA-256 in hex. */
export interface BuiltFile {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
}
