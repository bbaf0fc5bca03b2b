/** All runtime routines. */
import './crc32.ts'
import './cycles.ts'
import './crypto.ts'
import './float-nan.ts'
import './lookup.ts'
