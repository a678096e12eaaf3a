"use strict";
// Wakes the phone. A message says nothing: what is said stands here, in the phone's language.
const TEXTS = {
  en: ["Somebody asks you to approve", "Open to see who it is."],
  es: ["Alguien le pide que apruebe", "Abra para ver quién es."],
  fr: ["On vous demande d’approuver", "Ouvrez pour voir qui."],
};
const PAGE = "/phone/waiting";

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", event => event.waitUntil(self.clients.claim()));

self.addEventListener("push", event => {
  const [title, body] = TEXTS[self.navigator.language.slice(0, 2)] ?? TEXTS.en;
  // One notice, however often it comes: the newest takes the place of the one before.
  event.waitUntil(self.registration.showNotification(title, { body, tag: "kiosk-waiting", renotify: true }));
});

self.addEventListener("notificationclick", event => {
  event.notification.close();
  event.waitUntil((async () => {
    const open = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
    const there = open.find(client => new URL(client.url).pathname === PAGE);
    await (there ? there.focus() : self.clients.openWindow(PAGE));
  })());
});
