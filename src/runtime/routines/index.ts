/** All runtime routines. */
import './lookup.ts'
