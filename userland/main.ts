/** The userland's script: the shell, and the commands that scripts run all the time. */
import { PROGRAMS } from './registry.ts';
import { offerPrograms } from './start.ts';

offerPrograms(PROGRAMS);
