import { describe, it } from 'vitest';
import { ALL } from './all.ts';
import { useApp } from './app.ts';
import { ASK } from './ask.ts';
import { registryProblem } from './registry.ts';

describe.skipIf(registryProblem !== undefined)('servers by their command lines', () => {
  const made = useApp({ serve: '14.2.7', 'json-server': '0.17.4' });

  it('serve: files, a listing, none', async () => {
    await made.app.expectSame(
      'cd site && node ../ask.cjs serve --listen 4567 --no-port-switching -- /a.txt /deep /b.json /none',
      { files: { 'ask.cjs': ASK, 'site/a.txt': 'a\n', 'site/b.json': '{}', 'site/deep/c.html': '<p>c' } },
    );
  });

  it('json-server: lists, one, a query, none', async () => {
    await made.app.expectSame(
      'node ask.cjs json-server db.json --port 4567 -- /posts /posts/2 "/posts?title=a" "/posts?_sort=title&_order=desc" /none',
      {
        files: {
          'ask.cjs': ASK,
          'db.json': JSON.stringify({
            posts: [
              { id: 1, title: 'a' },
              { id: 2, title: 'b' },
            ],
          }),
        },
      },
    );
  });
});

describe.skipIf(registryProblem !== undefined || !ALL)('a framework of decorators', () => {
  const made = useApp({
    '@nestjs/common': '12.5.1',
    '@nestjs/core': '12.5.1',
    '@nestjs/platform-express': '12.5.1',
    'reflect-metadata': '0.2.2',
    rxjs: '7.8.2',
    typescript: '6.0.3',
  });

  it('nest: controllers, injection, pipes, filters of errors, after tsc', async () => {
    await made.app.expectSame(
      'tsc -p nest && node ask.cjs node nest/out/main.js -- /cats /cats/2 /cats/none /nowhere',
      {
        files: {
          'ask.cjs': ASK,
          'nest/package.json': '{"type":"module"}',
          'nest/tsconfig.json': JSON.stringify({
            compilerOptions: {
              target: 'es2022',
              module: 'nodenext',
              rootDir: '.',
              outDir: 'out',
              types: [],
              lib: ['es2022', 'dom'],
              skipLibCheck: true,
              experimentalDecorators: true,
              emitDecoratorMetadata: true,
            },
          }),
          'nest/main.ts': `
            import 'reflect-metadata';
            import { Controller, Get, Injectable, Module, NotFoundException, Param, ParseIntPipe } from '@nestjs/common';
            import { NestFactory } from '@nestjs/core';
            @Injectable()
            class Cats {
              readonly all = ['Tom', 'Felix'];
            }
            @Controller('cats')
            class CatsController {
              constructor(private readonly cats: Cats) {}
              @Get()
              list(): string[] { return this.cats.all; }
              @Get(':id')
              one(@Param('id', ParseIntPipe) id: number): object {
                const name = this.cats.all[id - 1];
                if (name === undefined) throw new NotFoundException('no cat ' + id);
                return { id, name };
              }
            }
            @Module({ controllers: [CatsController], providers: [Cats] })
            class App {}
            const app = await NestFactory.create(App, { logger: false });
            await app.listen(4567);
          `,
        },
      },
    );
  });
});
