/** The application of the tests of Vite: what create-vite's templates of React and Vue ask for. */
import type { Packages } from './app.ts';

export const VITE_PACKAGES: Packages = {
  vite: '8.3.8',
  'create-vite': '9.3.0',
  '@vitejs/plugin-react': '6.3.0',
  '@vitejs/plugin-vue': '6.0.11',
  '@vue/tsconfig': '0.9.1',
  '@types/node': '24.19.4',
  '@types/react': '19.3.3',
  '@types/react-dom': '19.3.0',
  react: '19.3.1',
  'react-dom': '19.3.1',
  typescript: '6.0.3',
  vitest: '5.1.2',
  vue: '3.5.45',
  'vue-tsc': '3.3.14',
};
