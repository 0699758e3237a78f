/** Chimes made by WebAudio: nothing to load, nothing to cache. */
import type { Chime } from "@/lib/notify";

interface Tone {
  readonly at: number;
  readonly from: number;
  readonly to: number;
  readonly length: number;
  readonly gain: number;
  readonly wave: OscillatorType;
}

const TONES: Record<Exclude<Chime, "off">, readonly Tone[]> = {
  drop: [{ at: 0, from: 620, to: 1240, length: 0.16, gain: 0.5, wave: "sine" }],
  bell: [
    { at: 0, from: 1047, to: 1047, length: 0.7, gain: 0.32, wave: "sine" },
    { at: 0, from: 2637, to: 2637, length: 0.35, gain: 0.08, wave: "sine" },
    { at: 0.11, from: 1568, to: 1568, length: 0.6, gain: 0.22, wave: "sine" },
  ],
  wood: [
    { at: 0, from: 420, to: 260, length: 0.07, gain: 0.7, wave: "triangle" },
    { at: 0.12, from: 520, to: 320, length: 0.07, gain: 0.6, wave: "triangle" },
  ],
};

let context: AudioContext | null = null;

/** Plays a chime; silent where the browser does not allow sound yet. */
export async function play(chime: Chime, volume: number): Promise<void> {
  if (chime === "off" || volume <= 0 || typeof AudioContext === "undefined") return;
  // Before the page was touched no sound is allowed, and asking for it only fills the console.
  if (navigator.userActivation?.hasBeenActive === false) return;
  try {
    context ??= new AudioContext();
    if (context.state === "suspended") await context.resume();
    for (const tone of TONES[chime]) sound(context, tone, volume / 100);
  } catch {
    // Without a gesture there is no sound; the notification is seen all the same.
  }
}

function sound(audio: AudioContext, tone: Tone, volume: number): void {
  const oscillator = audio.createOscillator();
  const gain = audio.createGain();
  const start = audio.currentTime + tone.at + 0.01;
  oscillator.type = tone.wave;
  oscillator.frequency.setValueAtTime(tone.from, start);
  oscillator.frequency.exponentialRampToValueAtTime(tone.to, start + tone.length);
  gain.gain.setValueAtTime(0.0001, start);
  gain.gain.exponentialRampToValueAtTime(Math.max(0.0002, tone.gain * volume * volume), start + 0.012);
  gain.gain.exponentialRampToValueAtTime(0.0001, start + tone.length);
  oscillator.connect(gain).connect(audio.destination);
  oscillator.start(start);
  oscillator.stop(start + tone.length + 0.02);
}
