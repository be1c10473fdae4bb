import { useEffect, useRef } from 'preact/hooks';
import { timecode } from '../../ui/timecode.ts';
import type { Player } from './player.ts';

export interface PlayerBarProps {
  readonly player: Player;
  readonly file: File;
  /** Seconds, where the file itself does not say. */
  readonly length: number;
}

const SKIP_SECONDS = 5;
const RATES = [0.75, 1, 1.25, 1.5, 2] as const;

/** Plays a file: a button, a place to go to, a rate. Space plays and pauses; the arrows go five seconds. */
export function PlayerBar({ player, file, length }: PlayerBarProps) {
  const media = useRef<HTMLVideoElement>(null);
  const isVideo = file.type.startsWith('video/');
  useEffect(() => {
    if (media.current !== null) return player.load(media.current, file);
  }, [player, file]);

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.target instanceof HTMLSelectElement) return;
    if (event.key === 'ArrowLeft') player.skip(-SKIP_SECONDS);
    else if (event.key === 'ArrowRight') player.skip(SKIP_SECONDS);
    else if (event.key === ' ' && !(event.target instanceof HTMLButtonElement)) player.toggle();
    else return;
    event.preventDefault();
  };

  return (
    <>
      {/* biome-ignore lint/a11y/useMediaCaption: its words are below */}
      <video ref={media} hidden={!isVideo} playsInline preload="metadata" onClick={() => player.toggle()} />
      {player.unplayable.value ? (
        <p class="quiet">This browser can’t play this kind of file. Its text is here all the same.</p>
      ) : (
        <fieldset class="player" aria-label="Player" onKeyDown={onKeyDown}>
          <button
            type="button"
            class="player-toggle"
            onClick={() => player.toggle()}
            aria-label={player.playing.value ? 'Pause' : 'Play'}
          >
            <svg viewBox="0 0 16 16" aria-hidden="true">
              <path d={player.playing.value ? 'M4 3h3v10H4zM9 3h3v10H9z' : 'M4 2.5v11l9-5.5z'} />
            </svg>
          </button>
          <Place player={player} length={length} />
          <select aria-label="Speed" onChange={({ currentTarget }) => player.setRate(Number(currentTarget.value))}>
            {RATES.map((rate) => (
              <option key={rate} value={rate} selected={rate === 1}>
                {rate} ×
              </option>
            ))}
          </select>
        </fieldset>
      )}
    </>
  );
}

/** Where the player is; drawn anew all the time. */
function Place({ player, length }: Omit<PlayerBarProps, 'file'>) {
  const seconds = player.seconds.value;
  const end = player.length.value ?? length;
  return (
    <>
      <span class="player-time">{timecode(seconds)}</span>
      <input
        type="range"
        aria-label="Position"
        aria-valuetext={`${timecode(seconds)} of ${timecode(end)}`}
        min={0}
        max={end}
        step="any"
        value={seconds}
        onInput={({ currentTarget }) => player.seek(Number(currentTarget.value))}
      />
      <span class="player-time">{timecode(end)}</span>
    </>
  );
}
