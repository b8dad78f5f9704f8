/** What `GET /config` tells, and what holds for a back end that has no such route. */

export interface WidgetConfig {
  version: string;
  title: string;
  subtitle: string | null;
  greeting: string | null;
  placeholder: string | null;
  suggestions: string[];
  disclaimer: string | null;
  avatar: string | null;
  theme: 'auto' | 'light' | 'dark';
  accent: string | null;
  position: 'end' | 'start';
  /** Where the log goes with a new question: to its end, or so that the question is at its top. */
  anchor?: 'end' | 'question';
  /** What only some sites set. `radius` in pixels, `density` a factor. */
  look?: { preset?: string; radius?: number; font?: string; density?: number } | null;
  features: {
    stop: boolean;
    regenerate: boolean;
    feedback: boolean;
    /** A visitor can have several, and come back to them. */
    conversations?: boolean;
    /** An answer that was cut off can be gone on with. */
    continue?: boolean;
    /** `bytes` of one file, `files` in one message. */
    attachments?: { mediaTypes: string[]; bytes: number; files: number } | null;
    speech?: boolean;
  };
  limits: { messageCharacters: number };
  /** Seconds. */
  heartbeat: number;
  imageOrigins: string[];
}

/** Feedback is off: a back end without `/config` has no route that would take it. */
export const DEFAULT_CONFIG: WidgetConfig = {
  version: '',
  title: 'Chat',
  subtitle: null,
  greeting: null,
  placeholder: null,
  suggestions: [],
  disclaimer: null,
  avatar: null,
  theme: 'auto',
  accent: null,
  position: 'end',
  features: { stop: true, regenerate: true, feedback: false },
  limits: { messageCharacters: 8000 },
  heartbeat: 15,
  imageOrigins: [],
};
