import { createApp } from 'vue';
import 'chatwidget';
import App from './App.vue';

createApp(App).mount('#app');
