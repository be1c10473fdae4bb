/** Milliseconds as hours, minutes, seconds and milliseconds: 01:02:03,004 with "," as `point`. */
export function timestamp(ms: number, point: ',' | '.'): string {
  const whole = Math.round(ms);
  const pad = (value: number, digits: number) => String(Math.floor(value)).padStart(digits, '0');
  const clock = [whole / 3_600_000, (whole / 60_000) % 60, (whole / 1000) % 60].map((part) => pad(part, 2)).join(':');
  return `${clock}${point}${pad(whole % 1000, 3)}`;
}
