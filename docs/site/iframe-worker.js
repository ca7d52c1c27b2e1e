// Search in pages that are opened from a folder. Browsers start no workers there, so the search's
// worker runs in a hidden frame of the page instead.
class FrameWorker extends EventTarget {
  constructor(url) {
    super();
    const frame = document.createElement("iframe");
    frame.hidden = true;
    document.body.append(frame);
    this.worker = frame.contentWindow;
    addEventListener("message", (event) => {
      if (event.source !== this.worker) return;
      const message = new MessageEvent("message", { data: event.data });
      this.dispatchEvent(message);
      this.onmessage?.(message);
    });
    this.ready = new Promise((resolve) => {
      this.worker.document.open();
      this.worker.document.write(
        "<script>postMessage = (data) => parent.dispatchEvent(new MessageEvent('message'," +
          " { data, source: window }))</script>" +
          `<script src="${new URL(url, location)}"></script>`,
      );
      this.worker.document.close();
      frame.addEventListener("load", resolve);
    });
  }

  postMessage(data) {
    this.ready.then(() => this.worker.dispatchEvent(new MessageEvent("message", { data })));
  }

  terminate() {}
}

if (location.protocol === "file:") window.Worker = FrameWorker;
