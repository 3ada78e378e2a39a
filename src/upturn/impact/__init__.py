"""What a fix would bring and what it brought: numpy only, no I/O."""
