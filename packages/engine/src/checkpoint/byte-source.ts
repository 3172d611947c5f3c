// The port to a file or buffer of bytes that is read here and there, never whole.

/**
 * Random access to immutable bytes. `name` is used in messages. Reading is synchronous because networks are
 * built and written in one go, in a process or worker of their own; files in Node and access handles in a
 * browser's worker both offer it.
 */
export interface ByteSource {
  readonly name: string;
  readonly size: number;
  /** Exactly `length` bytes from `offset`, both within the size; throws if they cannot be had. */
  read(offset: number, length: number): Uint8Array;
  close(): void;
}

/** Bytes in memory as a source. */
export function sourceFromBytes(name: string, bytes: Uint8Array): ByteSource {
  return {
    name,
    size: bytes.length,
    read: (offset, length) => bytes.slice(offset, offset + length),
    close: () => {},
  };
}
