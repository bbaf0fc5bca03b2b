/** All runtime routines. */
import './crc32.ts'
import './lookup.ts'
