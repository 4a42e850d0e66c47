import providers from 'virtual:providers';
import services from 'virtual:services';
import type { Destination, Event } from '../api/wire.ts';

const serviceNames = new Map(services.map(({ id, name }) => [id, name]));
const providerNames = new Map(providers.map(({ id, name }) => [id, name]));

/** The service a message goes to, as people call it; its host where the catalogue does not know it. */
export function serviceName(destination: Destination): string {
  const { service, host } = destination;
  return service ? (serviceNames.get(service) ?? service) : host;
}

/** The name of a service by its id. */
export function serviceById(id: string): string {
  return serviceNames.get(id) ?? id;
}

/** The name of a company by its id. */
export function providerById(id: string): string {
  return providerNames.get(id) ?? id;
}

/** The company behind it; empty where nobody knows. */
export function providerName(destination: Destination): string {
  const { provider } = destination;
  return provider ? providerById(provider) : '';
}

/** Both: `ChatGPT (OpenAI)`. */
export function whereTo(destination: Destination): string {
  const [service, provider] = [serviceName(destination), providerName(destination)];
  return provider === '' || service.includes(provider) ? service : `${service} (${provider})`;
}

/** The program it came from: `Chromium (/usr/lib/chromium/chromium)`. */
export function program({ application, process }: Event): string {
  return application && process ? `${application} (${process})` : (process ?? '');
}
