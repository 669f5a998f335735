// Opens the status page of a gateway in headless Chromium, and prints what a person and a screen reader find there, as JSON.
//
//   node status_page.js URL FOLDER [TOKEN]
//
// It writes screenshots to the folder: light.png, dark.png and phone.png. With a token, it signs in first.
'use strict';
const path = require('path');
const { chromium } = require('playwright-core');

const [url, folder, token] = process.argv.slice(2);

async function open(browser, name, options) {
  const page = await (await browser.newContext(options)).newPage();
  const errors = [];
  page.on('pageerror', (error) => errors.push(`${error}`));
  page.on('console', (message) => {
    // A browser reports the status 401 of the first request, before the sign-in.
    if (message.type() === 'error' && !message.text().includes('401')) {
      errors.push(message.text());
    }
  });
  await page.goto(url);
  if (token) {
    await page.getByLabel('Access token').fill(token);
    await page.getByRole('button', { name: 'Sign in' }).click();
  }
  await page.getByRole('rowheader').first().waitFor();
  await page.screenshot({ path: path.join(folder, `${name}.png`), fullPage: true });
  return { page, errors };
}

async function main() {
  const browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
      '--disable-component-update', '--disable-sync'],
  });
  try {
    const wide = { viewport: { width: 1280, height: 900 } };
    const { page, errors } = await open(browser, 'light', { ...wide, colorScheme: 'light' });
    const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const dark = await open(browser, 'dark', { ...wide, colorScheme: 'dark' });
    const phone = await open(browser, 'phone', { viewport: { width: 390, height: 844 }, isMobile: true });
    console.log(JSON.stringify({
      status: await page.getByRole('status').textContent(),
      problems: await page.locator('#problem-list li').allTextContents(),
      servers: await page.locator('#servers').getByRole('row').count(),
      headings: await page.getByRole('heading').allTextContents(),
      columns: await page.getByRole('columnheader').allTextContents(),
      text: await page.locator('body').innerText(),
      light: await background(),
      dark: await dark.page.evaluate(() => getComputedStyle(document.body).backgroundColor),
      overflow: await phone.page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth),
      errors: [...errors, ...dark.errors, ...phone.errors],
    }));
  } finally {
    await browser.close();
  }
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
