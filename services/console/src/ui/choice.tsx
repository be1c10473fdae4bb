import { useId } from 'preact/hooks';
import './choice.css';

export interface ChoiceProps {
  readonly label: string;
  readonly value: string;
  readonly choices: readonly { readonly value: string; readonly name: string }[];
  readonly onChange: (value: string) => void;
  readonly disabled?: boolean;
}

/** One of several, with a label above. */
export function Choice({ label, value, choices, onChange, disabled = false }: ChoiceProps) {
  const id = useId();
  return (
    <div class="choice">
      <label htmlFor={id}>{label}</label>
      <select id={id} value={value} disabled={disabled} onChange={({ currentTarget }) => onChange(currentTarget.value)}>
        {choices.map((choice) => (
          <option key={choice.value} value={choice.value}>
            {choice.name}
          </option>
        ))}
      </select>
    </div>
  );
}
