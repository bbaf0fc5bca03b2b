import _ from 'lodash'
import React from 'react'
import { renderToString } from 'react-dom/server'
console.log(renderToString(React.createElement('div', null, _.chunk([1, 2, 3], 2).join('|'))))
