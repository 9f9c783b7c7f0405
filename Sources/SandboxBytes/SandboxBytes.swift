// How the sandbox org spells things, without knowing what they are: JSON and XML both ways, times, decimals, ids of base 62, checksums.
//
// `ByteWriter` is what every answer is written with; `JSONWriter`, `XMLWriter` and `PrettyPrinter` stand on it. `JSONParser` and `XMLReader`
// read what clients send. `ByteWriter`, `CivilTime`, `DecimalText` and `Mix` are public, and not of the package alone, because the compiler
// inlines only what is public into other modules: bulk results are written with them at hundreds of megabytes a second.
