// What the page does in the browser: refreshes itself, tells values under the pointer, unfolds the span that a link leads to.

const REFRESH_MS = 5_000;

/** Where the pointer is; the tooltip must find its place again when the page has changed below it. */
let pointer = null;

async function refresh() {
  const main = document.querySelector('main[data-live]');
  // Who moves through links by the keyboard must not lose their place.
  if (main === null || document.hidden || main.querySelector('a:focus-visible') !== null) return;
  const status = main.querySelector('.status');
  try {
    const response = await fetch(location.href, { signal: AbortSignal.timeout(4 * REFRESH_MS) });
    const text = await response.text();
    if (!response.ok) throw new Error(text);
    const fresh = new DOMParser().parseFromString(text, 'text/html').querySelector('main');
    main.replaceChildren(...fresh.childNodes);
    if (pointer !== null) tell(document.elementFromPoint(pointer.x, pointer.y), pointer);
  } catch (error) {
    status?.replaceChildren(`Not refreshed: ${error.message}`);
    status?.classList.add('stale');
  }
}

async function refreshForEver() {
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, REFRESH_MS));
    await refresh();
  }
}

const tooltip = document.createElement('div');
tooltip.className = 'tooltip';
tooltip.hidden = true;
document.body.append(tooltip);

const crosshair = document.createElement('div');
crosshair.className = 'crosshair';

function tell(element, { x, y }) {
  const area = element?.closest?.('.area');
  if (!area || element.closest('.dot')) {
    tooltip.hidden = true;
    crosshair.remove();
    return;
  }
  const { from, to, step } = area.dataset;
  const box = area.getBoundingClientRect();
  const share = Math.min(1, Math.max(0, (x - box.left) / box.width));
  const index = Math.round((share * (to - from)) / step);
  const at = Number(from) + index * step;
  crosshair.style.left = `${(100 * (at - from)) / (to - from)}%`;
  area.append(crosshair);
  const series = JSON.parse(area.querySelector('script').textContent);
  const rows = series.filter(({ values }) => values[index]).map((one) => row(one.color, one.name, one.values[index]));
  const time = document.createElement('time');
  time.textContent = new Date(at).toLocaleTimeString(undefined, { hour12: false });
  tooltip.replaceChildren(time, ...(rows.length > 0 ? rows : ['No data']));
  tooltip.hidden = false;
  const { width, height } = tooltip.getBoundingClientRect();
  tooltip.style.left = `${x + 16 + width > innerWidth ? x - 16 - width : x + 16}px`;
  tooltip.style.top = `${Math.max(4, Math.min(innerHeight - height - 4, y + 12))}px`;
}

function row(color, name, value) {
  const line = document.createElement('div');
  const mark = document.createElement('i');
  mark.style.background = color;
  const text = document.createElement('b');
  text.textContent = value;
  line.append(mark, name, text);
  return line;
}

addEventListener('pointermove', ({ target, clientX: x, clientY: y }) => {
  pointer = { x, y };
  tell(target, pointer);
});
addEventListener('scroll', () => tell(null, {}), { passive: true });
document.addEventListener('pointerleave', () => {
  pointer = null;
  tell(null, {});
});

document.querySelector('.controls')?.addEventListener('change', ({ currentTarget }) => currentTarget.submit());

function unfold() {
  const span = /^#span-[0-9a-f]+$/.test(location.hash) ? document.querySelector(location.hash) : null;
  if (span === null) return;
  span.open = true;
  span.scrollIntoView({ block: 'center' });
}
addEventListener('hashchange', unfold);
unfold();
refreshForEver();
