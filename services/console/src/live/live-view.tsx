import { signal } from '@preact/signals';
import { VerbatimApi } from '@verbatim/client';
import { useCallback, useMemo, useState } from 'preact/hooks';
import { pageServer } from '../page-server.ts';
import { fittingChoices } from '../speech-choices.ts';
import { Choice } from '../ui/choice.tsx';
import { SpeechChoiceFields } from '../ui/speech-choice-fields.tsx';
import { localStore } from '../ui/stores.ts';
import { useModels } from '../use-models.ts';
import { CaptionMode } from './caption-mode.tsx';
import { Elapsed } from './elapsed.tsx';
import { INVITATIONS } from './invitation.ts';
import { LevelMeter } from './level-meter.tsx';
import { keepChoices, type LiveChoices, readChoices } from './live-choices.ts';
import { newLiveTalk } from './new-live-talk.ts';
import { ReadOuts } from './read-outs.tsx';
import { SpokenFinals } from './spoken-finals.tsx';
import { TalkButton } from './talk-button.tsx';
import { TalkNotices } from './talk-notices.tsx';
import { TalkText } from './talk-text.tsx';
import { TalkTools } from './talk-tools.tsx';
import { useAwake } from './use-awake.ts';
import { useLeave } from './use-leave.ts';
import { useLiveKeys } from './use-live-keys.ts';
import { useMicrophones } from './use-microphones.ts';
import './live.css';

const choices = signal<LiveChoices>(readChoices(localStore()));

/** Press a button, speak, and see the words. */
export function LiveView() {
  const live = useMemo(newLiveTalk, []);
  const { models } = useModels(useMemo(() => new VerbatimApi({ server: pageServer() }), []));
  const [showsDetails, setShowsDetails] = useState(false);
  const [showsCaptions, setShowsCaptions] = useState(false);
  const phase = live.phase.value;
  const isLive = phase === 'live' || phase === 'starting';
  const microphones = useMicrophones(phase === 'live');
  useAwake(isLive);
  useLeave(live, isLive);

  const toggleTalk = useCallback(() => {
    if (live.phase.value === 'idle') void live.start(fittingChoices(models.value, choices.value));
    else void live.stop();
  }, [live, models]);
  const toggleCaptions = useCallback(() => setShowsCaptions((shows) => !shows), []);
  const leaveCaptions = useCallback(() => setShowsCaptions(false), []);
  useLiveKeys({ toggleTalk, toggleCaptions });

  const choose = (changed: LiveChoices) => {
    choices.value = changed;
    keepChoices(localStore(), changed);
  };
  const { finals, open } = live.talk.value;
  const isEmpty = finals.length === 0 && open === null;
  return (
    <div class="live" data-phase={phase} data-empty={isEmpty}>
      <h1 class="visually-hidden">Live captions</h1>
      <div class="live-top">
        <fieldset class="live-choices">
          <legend class="visually-hidden">For the next talk</legend>
          <SpeechChoiceFields
            models={models.value}
            choices={fittingChoices(models.value, choices.value)}
            disabled={phase !== 'idle'}
            onChange={choose}
          />
          <Choice
            label="Microphone"
            value={microphones.some(({ id }) => id === choices.value.deviceId) ? choices.value.deviceId! : ''}
            disabled={phase !== 'idle'}
            choices={[{ value: '', name: 'Default' }, ...microphones.map(({ id, name }) => ({ value: id, name }))]}
            onChange={(id) => choose({ ...choices.value, deviceId: id === '' ? null : id })}
          />
        </fieldset>
        <TalkTools
          live={live}
          showsDetails={showsDetails}
          onDetails={() => setShowsDetails(!showsDetails)}
          onCaptions={toggleCaptions}
        />
      </div>
      {isEmpty && (
        <div class="live-invitation">
          <p>{INVITATIONS[phase]}</p>
          <p class="live-keys quiet">
            <kbd>Space</kbd> or <kbd>Enter</kbd> starts and stops, <kbd>C</kbd> shows captions alone
          </p>
        </div>
      )}
      <TalkText talk={live.talk} showsDetails={showsDetails} />
      {!showsCaptions && (
        <>
          <SpokenFinals talk={live.talk} />
          <TalkNotices live={live} showsDetails={showsDetails} />
        </>
      )}
      <div class="live-bar">
        <TalkButton phase={phase} onClick={toggleTalk} />
        <LevelMeter level={live.level} />
        <Elapsed seconds={live.seconds} />
        <ReadOuts talk={live.talk} showsLast={showsDetails} />
      </div>
      {showsCaptions && <CaptionMode live={live} onToggleTalk={toggleTalk} onLeave={leaveCaptions} />}
    </div>
  );
}
