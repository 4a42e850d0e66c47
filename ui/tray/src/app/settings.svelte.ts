import { show } from '@weir/shared/theme.ts';
import { language } from '@weir/shared/words.ts';
import { bridge } from '../api/bridge.ts';
import type { Settings } from '../api/wire.ts';
import { languageOf } from './language.ts';

/** What this person chose, as the window program keeps it. */
class Chosen {
  /** Undefined: not known yet. */
  value = $state.raw<Settings>();

  /** Follows it; `anew` loads the page in another language. */
  follow(anew: () => void): () => void {
    const take = (settings: Settings) => {
      this.value = settings;
      show(settings.theme);
      if (languageOf(settings.language, navigator.languages) !== language) anew();
    };
    const end = bridge.follow('weir://settings', take);
    void bridge.ask('settings', {}).then(take, () => undefined);
    return end;
  }

  /** Changes some of it. */
  async change(some: Partial<Settings>): Promise<void> {
    if (this.value === undefined) return;
    this.value = await bridge.ask('set_settings', { settings: { ...this.value, ...some } });
  }
}

export const chosen = new Chosen();
