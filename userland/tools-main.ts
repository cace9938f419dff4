/** The second script of the userland: archives, viewers, what is asked for now and then. */
import { offerPrograms } from './program/start.ts';
import { TOOLS } from './tools-registry.ts';

offerPrograms(TOOLS);
