"""What a Step touches at run time. The standard library only, and little of it until a feature is used."""
