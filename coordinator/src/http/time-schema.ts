import { z } from 'zod';

/** A moment in a query, RFC 3339 with its offset. */
export const timeSchema = z.iso.datetime({ offset: true }).transform((text) => new Date(text));
