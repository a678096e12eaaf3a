"""A person's programs for the benchmark: three windows full of rectangles and text, in the colours of ``LOGIN``."""

import sys

from Xlib import X, display

COLOURS = {"ada": 0xC02020, "ben": 0x20C020, "cleo": 0x2020C0, "dan": 0xC0C020, "eve": 0xC020C0, "fay": 0x20C0C0}


def main(login: str) -> None:
    """Until the display is gone. The last window lies over the middle, in one colour where nothing is written."""
    shown = display.Display()
    screen = shown.screen()
    width, height = screen.width_in_pixels, screen.height_in_pixels
    places = [
        (0, 0, width // 2, height),
        (width // 2, 0, width // 2, height),
        (width // 4, 40, width // 2, height - 80),
    ]
    windows = []
    for place in places:
        window = screen.root.create_window(
            *place, 0, X.CopyFromParent, background_pixel=COLOURS[login], event_mask=X.ExposureMask, override_redirect=1
        )
        window.set_wm_name(f"{login}'s notes")
        window.map()
        windows.append(window)
    ink = windows[0].create_gc(foreground=0xFFFFFF)
    while True:
        event = shown.next_event()
        if event.type == X.Expose and event.count == 0:
            for row in range(0, height // 3, 20):
                event.window.poly_fill_rectangle(ink, [(10 + 40 * n, row, 30, 4) for n in range(12)])
                event.window.draw_text(ink, 10, row + 16, f"{login}: a line of the record".encode())
            shown.flush()


if __name__ == "__main__":
    main(sys.argv[1])
