import { FilesView } from './files/files-view.tsx';
import { LiveView } from './live/live-view.tsx';
import { SessionsView } from './sessions/sessions-view.tsx';
import { Logo } from './ui/logo.tsx';
import { shownView, VIEWS, type View } from './view.ts';

const NAMES: Readonly<Record<View, string>> = { live: 'Live', files: 'Files', sessions: 'Sessions' };

/**
 * The whole page. The views stay mounted, so that a talk goes on and an upload keeps its place while another one is
 * looked at.
 */
export function App() {
  const shown = shownView.value;
  return (
    <>
      <a class="skip-link" href="#main">
        Skip to the content
      </a>
      <header class="top">
        <a class="brand" href="#/live" aria-label="Verbatim">
          <Logo />
          <span>Verbatim</span>
        </a>
        <nav aria-label="Views">
          {VIEWS.map((view) => (
            <a key={view} href={`#/${view}`} aria-current={view === shown ? 'page' : undefined}>
              {NAMES[view]}
            </a>
          ))}
        </nav>
      </header>
      <main id="main" tabIndex={-1}>
        <section hidden={shown !== 'live'} aria-label={NAMES.live}>
          <LiveView />
        </section>
        <section hidden={shown !== 'files'} aria-label={NAMES.files}>
          <FilesView />
        </section>
        <section hidden={shown !== 'sessions'} aria-label={NAMES.sessions}>
          <SessionsView />
        </section>
      </main>
    </>
  );
}
