/** The mark: sound on the left becomes a text cursor on the right. */
export function Logo() {
  return (
    <svg class="logo" viewBox="0 0 32 32" aria-hidden="true">
      <rect class="logo-ground" width="32" height="32" rx="8" />
      <path class="logo-sound" d="M7 13v6M12 9v14M17 12v8" />
      <path class="logo-cursor" d="M22 8v16M20 8h4M20 24h4" />
    </svg>
  );
}
