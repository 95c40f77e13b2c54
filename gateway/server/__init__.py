"""HTTP over aiohttp, and the processes that speak it.  The only door to aiohttp and uvloop."""
