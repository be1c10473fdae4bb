import { computed, type ReadonlySignal, useSignalEffect } from '@preact/signals';
import type { JsonTranscript } from '@verbatim/formats';
import { useMemo, useRef } from 'preact/hooks';
import { languageName } from '../../ui/language-name.ts';
import { ChooseFiles } from '../choose-files.tsx';
import { percent } from '../file-words.ts';
import { confidenceOf } from './confidence.ts';
import { Follower } from './follower.ts';
import { Player } from './player.ts';
import { PlayerBar } from './player-bar.tsx';
import { Segment } from './segment.tsx';
import { heardAt, type Spoken, tracksOf } from './track.ts';
import '../../ui/doubt.css';
import './transcript.css';

export interface TranscriptProps {
  /** Of its element. */
  readonly id: string;
  /** Of the file. */
  readonly name: string;
  readonly result: JsonTranscript;
  readonly warnings: readonly string[];
  readonly file: File | null;
  /** A file was chosen to be listened to. */
  readonly onFile: (file: File) => void;
}

/** The text of a file, lit up word by word as it is heard. */
export function Transcript({ id, name, result, warnings, file, onFile }: TranscriptProps) {
  const { segments } = result;
  const root = useRef<HTMLElement>(null);
  const bar = useRef<HTMLDivElement>(null);
  const player = useMemo(() => new Player(), []);
  const listens = file !== null && !player.unplayable.value;
  const heard = useMemo(() => heardOf(player, result), [player, result]);
  const follower = useMemo(() => new Follower(), []);

  useSignalEffect(() => {
    const spoken = [...heard.values()].map((each) => each.value).find((each) => each !== null);
    const jumps = player.jumps.value;
    const segment = spoken && root.current?.querySelector(`[data-segment="${spoken.segment}"]`);
    if (segment) follower.follow(segment, bar.current, jumps);
  });

  const onClick = ({ target }: MouseEvent) => {
    // Whoever selects text wants to copy it.
    if (!(target instanceof Element) || !getSelection()?.isCollapsed) return;
    const start = target.closest('[data-start]')?.getAttribute('data-start');
    if (start !== null && start !== undefined) player.playFrom(Number(start));
  };

  return (
    <section id={id} class="transcript" aria-label={`Transcript of ${name}`} ref={root}>
      <div class="player-place" ref={bar}>
        {file === null ? (
          <div class="no-media">
            <p class="quiet">The page keeps no recordings when it is loaded again.</p>
            <ChooseFiles label="Choose the file again to listen" onChoose={([chosen]) => chosen && onFile(chosen)} />
          </div>
        ) : (
          <PlayerBar player={player} file={file} length={result.duration} />
        )}
      </div>
      <p class="quiet transcript-facts">{factsOf(result).join(' · ')}</p>
      {warnings.map((warning) => (
        <p key={warning} class="notice">
          {warning}
        </p>
      ))}
      {segments.length === 0 && <p class="quiet">Nothing was said.</p>}
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: every segment has a button that does the same */}
      <ol class="segments" onClick={listens ? onClick : undefined} data-listens={listens}>
        {segments.map((segment, index) => (
          <Segment
            key={segment.id}
            index={index}
            segment={segment}
            before={segments[index - 1]}
            heard={heard.get(segment.channel)!}
            listens={listens}
          />
        ))}
      </ol>
    </section>
  );
}

/** What is heard of each channel; null in a pause. */
const heardOf = (
  player: Player,
  { segments }: JsonTranscript,
): Map<string | undefined, ReadonlySignal<Spoken | null>> =>
  new Map(
    [...tracksOf(segments)].map(([channel, track]) => [
      channel,
      computed(() => {
        const seconds = player.seconds.value;
        if (seconds === 0 && !player.playing.value) return null;
        return track[heardAt(track, seconds)] ?? null;
      }),
    ]),
  );

const factsOf = (result: JsonTranscript): string[] => {
  const confidence = confidenceOf(result.segments);
  return [
    ...(result.language === null ? [] : [languageName(result.language)]),
    ...(result.model === null ? [] : [result.model]),
    ...(confidence === null ? [] : [`Confidence ${percent(confidence)}`]),
  ];
};
