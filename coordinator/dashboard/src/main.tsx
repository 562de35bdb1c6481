import { render } from 'preact';
import { App } from './app.js';
import './styles/page.css';

const root = document.getElementById('app');
// In a task of its own: reading the program fills one.
if (root !== null) setTimeout(() => render(<App />, root));
