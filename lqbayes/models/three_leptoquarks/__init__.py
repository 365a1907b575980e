"""The physics: compiled functions of one parameter point, one concept per file."""
