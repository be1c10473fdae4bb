/** Such files do not say at all, or only when they were read to their end. */
const PATIENCE_MS = 10_000;

/** How long the recording in `file` is, in seconds; null where the browser can't tell. */
export const mediaLength = (file: File): Promise<number | null> =>
  new Promise((resolve) => {
    const media = document.createElement('video');
    const address = URL.createObjectURL(file);
    const done = (length: number | null) => {
      clearTimeout(timer);
      media.removeAttribute('src');
      URL.revokeObjectURL(address);
      resolve(length);
    };
    const timer = setTimeout(() => done(null), PATIENCE_MS);
    media.addEventListener('loadedmetadata', () => done(Number.isFinite(media.duration) ? media.duration : null));
    media.addEventListener('error', () => done(null));
    media.preload = 'metadata';
    media.src = address;
  });
