import { mount } from 'svelte';
import 'chatwidget';
import App from './App.svelte';

mount(App, { target: document.querySelector('#app') });
