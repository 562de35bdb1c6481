export { createEventClock } from './time/event-clock.js';
