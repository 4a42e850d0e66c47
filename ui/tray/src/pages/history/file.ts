import type { Event } from '../../api/wire.ts';

const COLUMNS = [
  'id',
  'time',
  'channel',
  'service',
  'provider',
  'host',
  'model',
  'level',
  'action',
  'disposition',
  'rules',
  'data_types',
  'process',
  'user',
  'device',
  'bundle',
] as const;

/** Events as a table that spreadsheets open: RFC 4180, one line an event. */
export function asCsv(events: readonly Event[]): string {
  return [COLUMNS, ...events.map(cells)].map((line) => line.map(cell).join(',')).join('\r\n') + '\r\n';
}

function cells(event: Event): string[] {
  const { destination } = event;
  const row: Record<(typeof COLUMNS)[number], string> = {
    id: event.id,
    time: new Date(event.time).toISOString(),
    channel: event.channel,
    service: destination.service ?? '',
    provider: destination.provider ?? '',
    host: destination.host,
    model: destination.model ?? '',
    level: event.level,
    action: event.action,
    disposition: event.disposition,
    rules: event.reasons.map(({ rule }) => rule).join(' '),
    data_types: [...new Set(event.findings.map(({ data_type }) => data_type))].join(' '),
    process: event.process ?? '',
    user: event.user ?? '',
    device: event.device ?? '',
    bundle: String(event.bundle.number),
  };
  return COLUMNS.map((column) => row[column]);
}

/** A cell. A spreadsheet would calculate what begins like a formula: names of models and programs come from outside. */
function cell(text: string): string {
  const harmless = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}

/** Events as the agent gives them. */
export function asJson(events: readonly Event[]): string {
  return `${JSON.stringify(events, null, 2)}\n`;
}

/** The name of a file that is made now. */
export function fileName(kind: 'json' | 'csv', now: number): string {
  return `weir-history-${new Date(now).toISOString().slice(0, 10)}.${kind}`;
}
