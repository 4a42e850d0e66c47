import services from 'virtual:services';
import type { Action, Destination, Directive, MatrixRow, MatrixWay, ProviderAsked } from '../../api/wire.ts';
import { providerById, serviceById } from '../../app/names.ts';
import { term } from '../../app/terms.ts';
import { text } from './text.ts';

/** A service of the catalogue that policy does not name, and the row that holds for it. */
export interface Alike {
  name: string;
  row: MatrixRow;
}

/** As many services are told one by one. */
const TOLD = 8;

/** Whom a row is about: a service, a company, or all others; with the kind of account and the region it is for. */
export function rowName({ destination }: MatrixRow): string {
  const { tier, region } = destination;
  const more = [...(tier === 'unknown' ? [] : [term('tiers', tier)]), ...(region ? [region] : [])];
  return [whom(destination), ...more].join(', ');
}

function whom({ service, provider, target, host }: Destination): string {
  if (service) return serviceById(service);
  if (provider) return providerById(provider);
  return target ?? (host === '' ? text.anyOther : host);
}

/** True where a row stands for all services that no other row names. */
export function isOther({ destination: { service, provider, target, host, tier } }: MatrixRow): boolean {
  return !service && !provider && !target && host === '' && tier === 'unknown';
}

/** The rows in which a text stands, those that people look for first before the rest. */
export function found(rows: readonly MatrixRow[], sought: string): MatrixRow[] {
  const text = sought.trim().toLowerCase();
  const met = rows.filter((row) => text === '' || said(row).toLowerCase().includes(text));
  return [...met].sort((one, other) => Number(isOther(one)) - Number(isOther(other)));
}

function said(row: MatrixRow): string {
  const { provider } = row.destination;
  return `${rowName(row)} ${provider ? providerById(provider) : ''}`;
}

/** Services in whose name a text stands and that have no row of their own, each with the row that holds for it. */
export function alike(rows: readonly MatrixRow[], sought: string): Alike[] {
  const text = sought.trim().toLowerCase();
  if (text === '') return [];
  const met = services.filter(
    ({ id, name }) =>
      name.toLowerCase().includes(text) && !rows.some(({ destination }) => destination.service === id),
  );
  const rowOf = (provider: string) =>
    rows.find(
      ({ destination }) =>
        destination.provider === provider && !destination.service && destination.tier === 'unknown',
    ) ?? rows.find(isOther);
  return met
    .flatMap(({ name, provider }) => {
      const row = rowOf(provider);
      return row ? [{ name, row }] : [];
    })
    .slice(0, TOLD);
}

/** True where an order of the administrators closes a destination, whatever policy says. */
export function closedBy(directive: Directive | null | undefined, { destination }: MatrixRow): boolean {
  if (!directive || directive.kind === 'suspend') return false;
  if (directive.kind === 'lockdown') return true;
  return destination.provider ? (directive.providers ?? []).includes(destination.provider) : false;
}

/** The strictest of several ways is the one to show where there is room for one. */
export function strictest(ways: readonly MatrixWay[]): Action {
  return ways[0]?.action ?? 'block';
}

/** The mark for how a request stands. */
export function requestMark({ state }: ProviderAsked): string {
  const marks: Record<string, string> = { pending: 'waiting', approved: 'good', refused: 'bad' };
  return marks[state] ?? 'off';
}
