"""``python -m scoring``."""

if __name__ == "__main__":
    try:
        from scoring.cli.main import main

        main()
    except KeyboardInterrupt:  # While the command line is loading, or ending.
        from scoring.base.stopping import forget_interrupt

        forget_interrupt()
        raise SystemExit(130) from None
