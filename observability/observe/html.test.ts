import { expect, it } from 'vitest';
import { html, jsonScript } from './html.ts';

it('escapes what is put into it, but not markup, and leaves out nothing and false', () => {
  const name = `<img src=x onerror="alert('1')"> & co`;
  expect(html`<p title="${name}">${[html`<b>${1}</b>`, name, null, false]}</p>`.text).toBe(
    '<p title="&lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt; &amp; co"><b>1</b>&lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt; &amp; co</p>',
  );
});

it('writes data so that it can not end its script', () => {
  const { text } = jsonScript(['</script><script>alert(1)</script>']);
  expect(text.match(/<\/?script/g)).toHaveLength(2);
  expect(JSON.parse(text.replace(/^<script[^>]*>|<\/script>$/g, ''))).toEqual(['</script><script>alert(1)</script>']);
});
