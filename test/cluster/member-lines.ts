const COLOURS = [36, 33, 35, 32, 34, 96, 93, 95, 92, 94];

/** The banners and greetings of the servers, which they can't be told to keep to themselves. */
const SMALL_TALK: Readonly<Record<string, RegExp>> = {
  nats: /^\[\d+\] \S+ \S+ \[INF\]/,
  redis: /^\d+:\S+ .* ([*] |# (oO0|Redis version=|Configuration loaded|Server initialized|WARNING Memory overcommit))/,
};

/** Makes lines of members into lines for the terminal: the name first, each in a colour of its own if `colours`. */
export function memberLines(colours: boolean): (name: string, line: string) => string | null {
  const known: string[] = [];
  return (name, line) => {
    if (line.trim() === '' || SMALL_TALK[name]?.test(line)) return null;
    if (!known.includes(name)) known.push(name);
    const label = `${name.padEnd('transcriber-1'.length)} |`;
    return colours
      ? `\u001b[${COLOURS[known.indexOf(name) % COLOURS.length]}m${label}\u001b[0m ${line}`
      : `${label} ${line}`;
  };
}
