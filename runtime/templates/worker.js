export default {
  async fetch(request) {
    return new Response(`Hello from Workerd! You asked for ${new URL(request.url).pathname}\n`);
  },
};
