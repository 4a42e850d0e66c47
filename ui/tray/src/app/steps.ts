import { words } from '@weir/shared/words.ts';
import type { SelfTestStep } from '../api/wire.ts';

/** What `weir selftest` does, by its names. */
const known: Record<string, string> = words({
  en: {
    proxy: 'The proxy answers',
    clean: 'A clean message goes unchanged',
    secret: 'A secret does not leave',
    card: 'A card number does not leave',
    surrogate: 'Stand-ins come back in a streamed answer',
    file: 'A file with a secret does not leave',
    socket: 'A secret in a WebSocket does not leave',
  },
  de: {
    proxy: 'Der Proxy antwortet',
    clean: 'Eine unbedenkliche Nachricht geht unverändert hinaus',
    secret: 'Ein Geheimnis bleibt hier',
    card: 'Eine Kartennummer bleibt hier',
    surrogate: 'Platzhalter werden in der laufenden Antwort zurückgesetzt',
    file: 'Eine Datei mit einem Geheimnis bleibt hier',
    socket: 'Ein Geheimnis in einem WebSocket bleibt hier',
  },
});

/** What a step does, in the language of the page; one of a newer version in its own words. */
export function stepTitle({ name, title }: SelfTestStep): string {
  return known[name] ?? title;
}

/** The steps of a self-test with one that has ended: in their order of arrival, each once. */
export function stepsWith(steps: readonly SelfTestStep[], step: SelfTestStep): SelfTestStep[] {
  const at = steps.findIndex(({ name }) => name === step.name);
  return at < 0 ? [...steps, step] : steps.with(at, step);
}
