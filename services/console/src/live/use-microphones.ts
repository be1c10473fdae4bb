import { useEffect, useState } from 'preact/hooks';

export interface MicrophoneName {
  readonly id: string;
  readonly name: string;
}

/**
 * The microphones that can be chosen. Browsers name them only once the page may listen, so they are asked again when
 * `isListening` changes, and whenever one is plugged in or out.
 */
export function useMicrophones(isListening: boolean): readonly MicrophoneName[] {
  const [names, setNames] = useState<readonly MicrophoneName[]>([]);
  useEffect(() => {
    const devices = navigator.mediaDevices;
    if (devices === undefined) return;
    const ask = () => {
      devices.enumerateDevices().then(
        (all) => setNames(all.filter(isNamedMicrophone).map(({ deviceId, label }) => ({ id: deviceId, name: label }))),
        () => setNames([]),
      );
    };
    ask();
    devices.addEventListener('devicechange', ask);
    return () => devices.removeEventListener('devicechange', ask);
  }, [isListening]);
  return names;
}

/** "default" and "communications" stand for devices that have entries of their own. */
const isNamedMicrophone = ({ kind, deviceId, label }: MediaDeviceInfo): boolean =>
  kind === 'audioinput' && label !== '' && deviceId !== 'default' && deviceId !== 'communications';
