/** The userland's script: the commands that scripts run all the time. */
import { PROGRAMS } from './registry.ts';
import { offerPrograms } from './program/start.ts';

offerPrograms(PROGRAMS);
