import { useEffect, useId, useRef } from 'preact/hooks';
import './confirm-dialog.css';

export interface ConfirmDialogProps {
  /** The question. */
  readonly title: string;
  /** What it means to say yes. */
  readonly text: string;
  /** The words for yes and no, on buttons. */
  readonly yes: string;
  readonly no: string;
  /** Called once, with the answer; Escape is a no. */
  readonly onAnswer: (yes: boolean) => void;
}

/** Asks before something that can't be undone. Shown for as long as it is rendered. */
export function ConfirmDialog({ title, text, yes, no, onAnswer }: ConfirmDialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  const textId = useId();

  useEffect(() => {
    const { activeElement } = document;
    dialog.current?.showModal();
    return () => {
      if (activeElement instanceof HTMLElement) activeElement.focus();
    };
  }, []);

  return (
    <dialog
      ref={dialog}
      role="alertdialog"
      class="confirm"
      aria-labelledby={titleId}
      aria-describedby={textId}
      onCancel={(event) => {
        event.preventDefault();
        onAnswer(false);
      }}
    >
      <h2 id={titleId}>{title}</h2>
      <p id={textId}>{text}</p>
      <div class="confirm-answers">
        <button type="button" onClick={() => onAnswer(false)}>
          {no}
        </button>
        <button type="button" class="danger" onClick={() => onAnswer(true)}>
          {yes}
        </button>
      </div>
    </dialog>
  );
}
