/** The shell's script. */
import { sh } from './sh/program.ts';
import { offerPrograms } from './start.ts';

offerPrograms([sh]);
