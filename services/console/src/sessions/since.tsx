const TIME = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium' });
const DAY = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short' });

/** A moment, as short as it can be: without the day where that is today. */
export function Since({ moment }: { readonly moment: Date }) {
  const isToday = moment.toDateString() === new Date().toDateString();
  return <time dateTime={moment.toISOString()}>{(isToday ? TIME : DAY).format(moment)}</time>;
}
