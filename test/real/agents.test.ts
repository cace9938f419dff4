import { describe, it } from 'vitest';
import { useApp } from './app.ts';
import { registryProblem } from './registry.ts';

/** A server that speaks as the interfaces of OpenAI and Anthropic do: JSON, events, tools, an error, an answer that never ends. */
const SERVICE = `
  import http from 'http';
  const events = (response, list) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (const [event, data] of list)
      response.write((event ? 'event: ' + event + '\\n' : '') + 'data: ' + (typeof data === 'string' ? data : JSON.stringify(data)) + '\\n\\n');
    response.end();
  };
  const answers = {
    '/v1/chat/completions': (body, response) => {
      const head = { id: 'c1', created: 1, model: body.model };
      if (body.model === 'endless') { response.writeHead(200, { 'content-type': 'text/event-stream' }); response.write(': wait\\n\\n'); return; }
      if (body.model === 'broken') { response.writeHead(400, { 'content-type': 'application/json', 'x-request-id': 'r1' }); response.end('{"error":{"message":"no such model","type":"invalid_request_error","code":"model_not_found"}}'); return; }
      if (body.stream) {
        const chunk = (delta, finish_reason = null) => [null, { ...head, object: 'chat.completion.chunk', choices: [{ index: 0, delta, finish_reason }] }];
        return events(response, [chunk({ role: 'assistant', content: '' }), ...'Grüße aus dem Strom'.split(' ').map((word) => chunk({ content: word + ' ' })), chunk({}, 'stop'), [null, '[DONE]']]);
      }
      const said = body.messages.at(-1);
      const message = body.tools && said.role !== 'tool'
        ? { role: 'assistant', content: null, tool_calls: [{ id: 't1', type: 'function', function: { name: 'add', arguments: '{"a":2,"b":3}' } }] }
        : { role: 'assistant', content: 'heard ' + said.content };
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ ...head, object: 'chat.completion', choices: [{ index: 0, message, finish_reason: 'stop' }], usage: { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 } }));
    },
    '/v1/messages': (body, response) => {
      const message = { id: 'm1', type: 'message', role: 'assistant', model: body.model, content: [], stop_reason: null, stop_sequence: null, usage: { input_tokens: 1, output_tokens: 1 } };
      if (!body.stream) {
        response.writeHead(200, { 'content-type': 'application/json' });
        return response.end(JSON.stringify({ ...message, content: [{ type: 'text', text: 'hello' }, { type: 'tool_use', id: 'u1', name: 'add', input: { a: 1 } }], stop_reason: 'tool_use' }));
      }
      events(response, [
        ['message_start', { type: 'message_start', message }],
        ['content_block_start', { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } }],
        ...['one', 'two'].map((text) => ['content_block_delta', { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } }]),
        ['content_block_stop', { type: 'content_block_stop', index: 0 }],
        ['message_delta', { type: 'message_delta', delta: { stop_reason: 'end_turn', stop_sequence: null }, usage: { output_tokens: 5 } }],
        ['message_stop', { type: 'message_stop' }],
      ].map(([event, data]) => [event, data]));
    },
  };
  export const service = await new Promise((resolve) => {
    const server = http.createServer(async (request, response) => {
      let text = '';
      for await (const part of request) text += part;
      answers[request.url](JSON.parse(text), response);
    }).listen(0, () => resolve(server));
  });
  export const base = 'http://localhost:' + service.address().port;
  export const close = () => { service.closeAllConnections(); service.close(); };
`;

describe.skipIf(registryProblem !== undefined)('clients of language models', () => {
  const made = useApp({
    '@anthropic-ai/sdk': '1.14.0',
    ai: '7.0.173',
    openai: '7.59.0',
    zod: '4.6.7',
  });

  it('openai: JSON, a stream of events, tools, an error, an abort', async () => {
    await made.app.expectSame('node openai.mjs', {
      files: {
        'service.mjs': SERVICE,
        'openai.mjs': `
          import OpenAI from 'openai';
          import { base, close } from './service.mjs';
          const client = new OpenAI({ apiKey: 'none', baseURL: base + '/v1', maxRetries: 0 });
          const messages = [{ role: 'user', content: 'hi' }];
          console.log(JSON.stringify(await client.chat.completions.create({ model: 'm', messages })));
          for await (const chunk of await client.chat.completions.create({ model: 'm', messages, stream: true }))
            console.log(chunk.choices[0].delta.content, chunk.choices[0].finish_reason);
          const tools = [{ type: 'function', function: { name: 'add', parameters: { type: 'object' }, parse: JSON.parse, function: ({ a, b }) => String(a + b) } }];
          const runner = client.chat.completions.runTools({ model: 'm', messages, tools });
          console.log(await runner.finalContent());
          await client.chat.completions.create({ model: 'broken', messages }).catch((error) => console.log(error.constructor.name, error.status, error.code, error.message));
          const aborter = new AbortController();
          try {
            const stream = await client.chat.completions.create({ model: 'endless', messages, stream: true }, { signal: aborter.signal });
            setTimeout(() => aborter.abort(), 20);
            for await (const chunk of stream) console.log(chunk);
            console.log('ended');
          } catch (error) { console.log(error.constructor.name, error.message); }
          close();`,
      },
    });
  });

  it('anthropic: JSON with a tool, a stream of events and its last message', async () => {
    await made.app.expectSame('node anthropic.mjs', {
      files: {
        'service.mjs': SERVICE,
        'anthropic.mjs': `
          import Anthropic from '@anthropic-ai/sdk';
          import { base, close } from './service.mjs';
          const client = new Anthropic({ apiKey: 'none', baseURL: base, maxRetries: 0 });
          const request = { model: 'm', max_tokens: 10, messages: [{ role: 'user', content: 'hi' }] };
          console.log(JSON.stringify(await client.messages.create(request)));
          const stream = client.messages.stream(request).on('text', (text) => console.log('text', text));
          console.log(JSON.stringify(await stream.finalMessage()));
          for await (const event of await client.messages.create({ ...request, stream: true })) console.log(event.type);
          close();`,
      },
    });
  });

  it('ai and zod: text, a stream, an object by a schema', async () => {
    await made.app.expectSame('node ai.mjs', {
      files: {
        'ai.mjs': `
          import { generateText, streamText, Output, tool } from 'ai';
          import * as testing from 'ai/test';
          import { z } from 'zod';
          const Model = Object.entries(testing).find(([name]) => /^MockLanguageModelV\\d+$/.test(name))[1];
          const usage = { inputTokens: { total: 1 }, outputTokens: { total: 2 }, totalTokens: 3 };
          const finishReason = { unified: 'stop', raw: 'stop' };
          const says = (text) => new Model({ doGenerate: async () => ({ finishReason, usage, content: [{ type: 'text', text }], warnings: [] }) });
          console.log((await generateText({ model: says('hello'), prompt: 'x' })).text);
          const schema = z.object({ name: z.string(), age: z.number().int() });
          const asked = (text) => generateText({ model: says(text), prompt: 'x', output: Output.object({ schema }) });
          console.log((await asked('{"name":"n","age":3}')).output);
          await asked('{"name":1}').then(({ output }) => console.log(output)).catch((error) => console.log(error.name, error.message));
          const parts = [{ type: 'stream-start', warnings: [] }, { type: 'text-start', id: '1' }, ...'a stream of words'.split(' ').map((delta) => ({ type: 'text-delta', id: '1', delta })), { type: 'text-end', id: '1' }, { type: 'finish', finishReason, usage }];
          const model = new Model({ doStream: async () => ({ stream: testing.simulateReadableStream({ chunks: parts }) }) });
          const streamed = streamText({ model, prompt: 'x' });
          for await (const text of streamed.textStream) console.log(text);
          console.log(z.toJSONSchema(schema), schema.safeParse({ name: 1 }).error.issues);`,
      },
    });
  });
});
